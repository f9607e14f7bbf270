/** How a key is called: a word of a shell's command line without any meaning of its own there. */
export const KEY_NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/;
