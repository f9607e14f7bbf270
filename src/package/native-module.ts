import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A kind of machine, in the words of `process.platform` and `process.arch`. */
export interface Machine {
  platform: string;
  arch: string;
}

/** The machines for which Temporal's SDK has a native module, with its name there. */
const TARGETS = new Map([
  ['linux x64', 'x86_64-unknown-linux-gnu'],
  ['linux arm64', 'aarch64-unknown-linux-gnu'],
  ['darwin x64', 'x86_64-apple-darwin'],
  ['darwin arm64', 'aarch64-apple-darwin'],
  ['win32 x64', 'x86_64-pc-windows-msvc'],
]);

/** Next to the bundles, in a folder that needs no package of npm. */
const NEXT_TO_BUNDLES = 'native';

/**
 * The native half of the SDK for a machine: next to this code, or in the SDK's package as npm installs it.
 * @throws Error that says what to do, when there is none
 */
export function nativeModule(machine: Machine = process): string {
  const near = join(__dirname, NEXT_TO_BUNDLES, placeOf(machine));
  return existsSync(near) ? near : inSdkPackage(placeOf(machine));
}

/** Its place in the folder of the bundles. @throws Error for a machine without one */
export function placeNextToBundles(machine: Machine): string {
  return join(NEXT_TO_BUNDLES, placeOf(machine));
}

function placeOf({ platform, arch }: Machine): string {
  const target = TARGETS.get(`${platform} ${arch}`);
  if (target !== undefined) return join(target, 'index.node');
  throw new Error(
    `Temporal's SDK has no native module for ${platform} ${arch}. Use a machine with x64 or arm64, and Linux or macOS.`,
  );
}

function inSdkPackage(place: string): string {
  const file = join(sdkPackage(), 'releases', place);
  if (existsSync(file)) return file;
  throw new Error(`The native module of Temporal's SDK is missing: ${file}. Install Landfall again.`);
}

function sdkPackage(): string {
  try {
    return dirname(require.resolve('@temporalio/core-bridge/package.json'));
  } catch {
    throw new Error(
      'The package @temporalio/core-bridge is missing. Install Landfall with its dependencies.',
    );
  }
}

/** The SDK's own name for this question: its bundles ask here. */
export const getPrebuiltPath = () => nativeModule();
