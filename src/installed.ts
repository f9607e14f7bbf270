#!/usr/bin/env node
/** The command line of an installed package: one of two bundles that the build has put into the same folder. */
import { join } from 'node:path';
import { isForController } from './cli/which-bundle';

require(join(__dirname, isForController(process.argv.slice(2)) ? 'controller.js' : 'client.js'));
