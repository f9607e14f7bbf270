#!/usr/bin/env node
/**
 * The command line of Landfall in a checkout. The commands of people and CI run from a bundle, which starts in half
 * the time. An installed package starts with `installed.ts`.
 */
import { runBundle } from './cli/bundle';
import { isForController } from './cli/which-bundle';

if (isForController(process.argv.slice(2)) || !runBundle(__filename)) void import('./cli/main.js');
