export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

// Also for bash 3.2 of macOS. After `:files`, and without a word, bash completes files by `-o default`.
const BASH = `# bash completion for landfall
_landfall() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line == :* ]] || COMPREPLY+=("$line")
  done < <(landfall complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1)
}
complete -o default -F _landfall landfall`;

const ZSH = `#compdef landfall
_landfall() {
  local line word
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    word=\${line%%$'\\t'*}
    found+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
  done < <(landfall complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'landfall' found
}
# A file of fpath is the function itself; a file that is read by source defines the function.
if [[ $funcstack[1] == _landfall ]]; then
  _landfall "$@"
else
  compdef _landfall landfall
fi`;

const FISH = `# fish completion for landfall
function __landfall_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    for line in (landfall complete -- $before[2..-1] "$current" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c landfall -f -a '(__landfall_complete)'`;

/**
 * The script of a shell. A script asks `landfall complete` for the words and shows them, nothing more. A line of the
 * answer is a word, a tab and its description, or `:files`.
 */
export const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH };
