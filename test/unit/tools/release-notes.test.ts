import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseNotes } from '../../../tools/release-notes';

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- Not released yet.

## [1.1.0] - 2026-12-01

### Added

- A command.

### Fixed

- A fault.

## [1.0.0] - 2026-11-30

- The first one.

## [0.9.0]

- Without a date.

## [0.8.0] - 2026-10-01

[1.1.0]: https://example.com/1.1.0
`;

test('the notes of a release are its section, without its heading', () => {
  assert.equal(
    releaseNotes('v1.1.0', '1.1.0', CHANGELOG),
    '### Added\n\n- A command.\n\n### Fixed\n\n- A fault.',
  );
  assert.equal(releaseNotes('v1.0.0', '1.0.0', CHANGELOG), '- The first one.');
});

test('a tag that is not the version of package.json is refused', () => {
  for (const tag of ['v1.1.1', '1.1.0', 'none'])
    assert.throws(() => releaseNotes(tag, '1.1.0', CHANGELOG), /package\.json has 1\.1\.0\. Tag v1\.1\.0/);
});

test('a version without a dated section, or with an empty one, is refused', () => {
  for (const version of ['1.2.0', '0.9.0', '0.8.0', '1.1'])
    assert.throws(
      () => releaseNotes(`v${version}`, version, CHANGELOG),
      /CHANGELOG\.md has no section "## \[.*\] - YYYY-MM-DD" with a text/,
    );
});
