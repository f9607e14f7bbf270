lock '>= 3.17'

set :application, 'capistrano'
set :repo_url, ENV.fetch('BENCH_REPOSITORY')
set :current_revision, ENV.fetch('BENCH_COMMIT')
set :branch, fetch(:current_revision)
set :deploy_to, '/srv/capistrano'
set :keep_releases, 5
set :format_options, log_file: ENV.fetch('BENCH_LOG'), truncate: false

set :ready_url, "http://#{ENV.fetch('BENCH_BIND')}/health/ready"
set :ready_within, Integer(ENV.fetch('BENCH_READY_WITHIN'))

def restart_and_await_ready
  # After a crash loop the unit would refuse to start.
  test :systemctl, 'reset-failed', 'capistrano'
  execute :systemctl, 'restart', 'capistrano'
  deadline = Time.now + fetch(:ready_within)
  until test(:curl, '-fsS', '-m', '2', '-o', '/dev/null', fetch(:ready_url))
    raise 'not ready in time' if Time.now > deadline

    sleep 0.1
  end
end

namespace :service do
  # Remembers what is live before anything is published.
  task :remember_live do
    on roles(:app) do
      set :live_release, (capture(:readlink, current_path) if test("[ -L #{current_path} ]"))
    end
  end

  task :dependencies do
    on roles(:app) do
      hash = capture(:sha256sum, release_path.join('requirements.txt'))[0, 16]
      venv = deploy_path.join('venvs', hash)
      unless test("[ -e #{venv}/.complete ]")
        execute :rm, '-rf', venv
        execute :uv, 'venv', '-q', venv
        execute :uv, 'pip install -q --compile-bytecode --python', venv.join('bin/python'),
                '-r', release_path.join('requirements.txt')
        execute :touch, venv.join('.complete')
      end
      execute :ln, '-sfn', venv, release_path.join('.venv')
    end
  end

  # Restarts with what was published; goes back to what was live when it does not become ready.
  task :restart do
    on roles(:app) do
      restart_and_await_ready
    rescue StandardError => e
      error "#{e.message}; back to #{fetch(:live_release).inspect}"
      raise if fetch(:live_release).nil?

      execute :ln, '-sfn', fetch(:live_release), current_path
      restart_and_await_ready
      raise 'rolled back'
    end
  end
end

before 'deploy:updated', 'service:dependencies'
before 'deploy:publishing', 'service:remember_live'
after 'deploy:publishing', 'service:restart'
