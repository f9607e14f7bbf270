/** Outputs of pip 23.0 and uv 0.13, recorded on Debian 12. */
export const OUTPUTS = {
  'pip-missing': `Looking in links: /opt/wheels
ERROR: Could not find a version that satisfies the requirement no-such-package==1.0 (from versions: none)
ERROR: No matching distribution found for no-such-package==1.0`,
  'uv-missing': `Using Python 3.11.2 environment at: v
error: No solution found when resolving dependencies
  cause: Because no-such-package was not found in the provided package locations and you require no-such-package==1.0, we can conclude that your requirements are unsatisfiable.`,
  'pip-version': `Looking in links: /opt/wheels
ERROR: Could not find a version that satisfies the requirement gunicorn==99 (from versions: 27.0.1)
ERROR: No matching distribution found for gunicorn==99`,
  'uv-version': `Using Python 3.11.2 environment at: v
error: No solution found when resolving dependencies
  cause: Because there is no version of gunicorn==99 and you require gunicorn==99, we can conclude that your requirements are unsatisfiable.`,
  'uv-401': `Using Python 3.11.2 environment at: v
error: No solution found when resolving dependencies
  cause: Because x1 was not found in the package registry and you require x1, we can conclude that your requirements are unsatisfiable.
hint: An index URL (http://127.0.0.1:8977/simple) could not be queried due to a lack of valid authentication credentials (401 Unauthorized)`,
  'uv-403': `Using Python 3.11.2 environment at: v
error: No solution found when resolving dependencies
  cause: Because x1 was not found in the package registry and you require x1, we can conclude that your requirements are unsatisfiable.
hint: An index (http://127.0.0.1:8977/403/simple) returned a 403 Forbidden error. Check that the index URL is correct and the credentials are valid.`,
  'uv-refused': `Using Python 3.11.2 environment at: v
error: Failed to fetch: http://127.0.0.1:8978/simple/x1/
  cause: error sending request for url (http://127.0.0.1:8978/simple/x1/)
  cause: client error (Connect)
  cause: tcp connect error
  cause: Connection refused (os error 111)`,
  'uv-dns': `Using Python 3.11.2 environment at: v
error: Failed to fetch: https://pypi.org/simple/x1/
  cause: error sending request for url (https://pypi.org/simple/x1/)
  cause: client error (Connect)
  cause: dns error
  cause: error resolving DNS
  cause: failed to lookup address information: Temporary failure in name resolution`,
  'pip-hash': `Looking in links: /opt/wheels
Processing /opt/wheels/gunicorn-27.0.1-py3-none-any.whl
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with them.
    gunicorn==27.0.1 from file:///opt/wheels/gunicorn-27.0.1-py3-none-any.whl (from -r h.txt (line 1)):
        Expected sha256 0000000000000000000000000000000000000000000000000000000000000000
             Got        378b26b9a38adcf4592f28828233c1716acc55e833ea06bf48719782efaa0d10`,
  'uv-hash': `Using Python 3.11.2 environment at: v
Resolved 1 package in 7ms
error: Failed to download \`gunicorn==27.0.1\`
  cause: Hash mismatch for \`gunicorn==27.0.1\`
         Expected:
           sha256:0000000000000000000000000000000000000000000000000000000000000000
         Computed:
           sha256:378b26b9a38adcf4592f28828233c1716acc55e833ea06bf48719782efaa0d10`,
  'pip-gcc': `Looking in links: /opt/wheels
Processing ./cext
  Preparing metadata (setup.py): started
  Preparing metadata (setup.py): finished with status 'done'
Installing collected packages: cext
  Running setup.py install for cext: started
  Running setup.py install for cext: finished with status 'error'
  error: subprocess-exited-with-error
  × Running setup.py install for cext did not run successfully.
  │ exit code: 1
  ╰─> [10 lines of output]
      running install
      /srv/shop/v/lib/python3.11/site-packages/setuptools/command/install.py:34: SetuptoolsDeprecationWarning: setup.py install is deprecated. Use build and pip and other standards-based tools.
      running build
      running build_ext
      building 'c' extension
      creating build
      creating build/temp.linux-x86_64-cpython-311
      error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory
      [end of output]
  note: This error originates from a subprocess, and is likely not a problem with pip.
error: legacy-install-failure
× Encountered error while trying to install package.
╰─> cext
note: This is an issue with the package mentioned above, not pip.
hint: See above for output from the failure.`,
  'uv-gcc': `Using Python 3.11.2 environment at: v
Resolved 1 package in 2.93s
   Building cext @ file:///srv/shop/cext
error: Failed to build \`cext @ file:///srv/shop/cext\`
  cause: The build backend returned an error
  cause: Call to \`setuptools.build_meta:__legacy__.build_wheel\` failed (exit status: 1)
         [stdout]
         running bdist_wheel
         running build
         running build_ext
         building 'c' extension
         [stderr]
         error: [Errno 2] No such file or directory: 'x86_64-linux-gnu-gcc'
hint: Build failures usually indicate a problem with the package or the build environment`,
  'pip-nohatch': `Looking in links: /opt/wheels
Processing ./nohatch
  Installing build dependencies: started
  Installing build dependencies: finished with status 'error'
  error: subprocess-exited-with-error
  × pip subprocess to install build dependencies did not run successfully.
  │ exit code: 1
  ╰─> [3 lines of output]
      Looking in links: /opt/wheels, /opt/wheels
      ERROR: Could not find a version that satisfies the requirement flit_core (from versions: none)
      ERROR: No matching distribution found for flit_core
      [end of output]
  note: This error originates from a subprocess, and is likely not a problem with pip.
error: subprocess-exited-with-error
× pip subprocess to install build dependencies did not run successfully.
│ exit code: 1
╰─> See above for output.
note: This error originates from a subprocess, and is likely not a problem with pip.`,
  'uv-nohatch': `Using Python 3.11.2 environment at: v
Resolved 1 package in 6ms
   Building nohatch @ file:///srv/shop/nohatch
error: Failed to build \`nohatch @ file:///srv/shop/nohatch\`
  cause: Failed to resolve requirements from \`build-system.requires\`
  cause: No solution found when resolving: \`flit-core\`
  cause: Because flit-core was not found in the provided package locations and you require flit-core, we can conclude that your requirements are unsatisfiable.`,
  'pip-requires': `Looking in links: /opt/wheels
Processing ./old
  Installing build dependencies: started
  Installing build dependencies: finished with status 'done'
  Getting requirements to build wheel: started
  Getting requirements to build wheel: finished with status 'done'
  Preparing metadata (pyproject.toml): started
  Preparing metadata (pyproject.toml): finished with status 'done'
ERROR: Package 'old' requires a different Python: 3.11.2 not in '>=3.13'`,
  'uv-requires': `Using Python 3.11.2 environment at: v
error: No solution found when resolving dependencies
  cause: Because the current Python version (3.11.2) does not satisfy Python>=3.13 and old==1 depends on Python>=3.13, we can conclude that old==1 cannot be used.
         And because only old==1 is available and you require old, we can conclude that your requirements are unsatisfiable.`,
  'pip-git': `Looking in links: /opt/wheels
Collecting git+ssh://****@127.0.0.1/x/y.git
  Cloning ssh://****@127.0.0.1/x/y.git to /tmp/pip-req-build-vmyj63wa
  ERROR: Error [Errno 2] No such file or directory: 'git' while executing command git version
ERROR: Cannot find command 'git' - do you have 'git' installed and in your PATH?`,
  'uv-git': `Using Python 3.11.2 environment at: v
   Updating ssh://git@127.0.0.1/x/y.git (HEAD)
error: Git operation failed
  cause: Git executable not found. Ensure that Git is installed and available.`,
  ensurepip: `The virtual environment was not created successfully because ensurepip is not
available.  On Debian/Ubuntu systems, you need to install the python3-venv
package using the following command.
    apt install python3.11-venv
You may need to use sudo with that command.  After installing the python3-venv
package, recreate your virtual environment.
Failing command: /srv/shop/w/bin/python3`,
} as const;
