# The host's address, port, keys and known hosts are OpenSSH's settings.
server 'bench', user: 'root', roles: %w[app]

set :ssh_options, config: [ENV.fetch('BENCH_SSH_CONFIG')], verify_host_key: :always
