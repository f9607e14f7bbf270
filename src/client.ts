#!/usr/bin/env node
/**
 * The command line of Landfall. The commands of people and CI run from a bundle, which starts in half the time.
 * The controller's commands do not: SSH and the worker's half of the SDK have native parts.
 */
import { runBundle } from './cli/bundle';

const CONTROLLER = ['dev', 'env', 'setup', 'worker'];

if (CONTROLLER.includes(process.argv[2] ?? '') || !runBundle(__filename)) void import('./cli/main.js');
