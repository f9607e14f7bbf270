import type { Path } from './config-error';
import type { ServiceSettings } from './deploy-input';

type Clash = { key: Path; message: string };

/** Keys that do not fit layout `in-place`, or fit it alone. */
export function* inPlaceClashes(settings: ServiceSettings): Generator<Clash> {
  const { layout, checkout, base, strategy, build, shared, public: open } = settings;
  if (layout !== 'in-place') {
    if (checkout !== null)
      yield {
        key: ['checkout'],
        message: 'is used with layout: in-place alone; write that too, or remove it',
      };
    return;
  }
  if (strategy !== 'restart')
    yield {
      key: ['strategy'],
      message:
        'found overlap; allowed with layout: in-place: restart, because one checkout has no room for two releases. For overlap, write layout: releases',
    };
  if (checkout !== null && (within(base, checkout) || within(checkout, base)))
    yield {
      key: ['base'],
      message: `is or holds the checkout ${checkout}, or lies in it; write a folder next to it, such as ${checkout}.landfall`,
    };
  const inRelease = (key: string, why: string): Clash => ({
    key: [key],
    message: `has no place with layout: in-place: ${why}. Remove it, or write layout: releases`,
  });
  if (build !== null)
    yield inRelease(
      'build',
      'commands build in the release, and the service runs in its checkout. Build in CI and commit the result',
    );
  if (shared.length > 0)
    yield inRelease('shared', 'files that Git does not track stay in the checkout by themselves');
  if (open.length > 0) yield inRelease('public', 'a proxy reads the checkout itself');
}

function within(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}
