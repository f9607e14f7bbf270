require 'capistrano/scm/plugin'

# Brings a commit as an archive: the host needs neither Git nor a key to the repository.
class ArchiveScm < Capistrano::SCM::Plugin
  def register_hooks
    after 'deploy:new_release_path', 'archive:create_release'
  end

  def define_tasks
    namespace :archive do
      task :create_release do
        archive = "/tmp/#{fetch(:application)}-#{release_timestamp}.tar.gz"
        packed = `git -C #{fetch(:repo_url)} archive --format=tar.gz #{fetch(:current_revision)}`
        raise 'git archive failed' unless $?.success?

        on release_roles(:all) do
          execute :mkdir, '-p', release_path
          upload! StringIO.new(packed), archive
          execute :tar, '-xzf', archive, '-C', release_path
          execute :rm, archive
        end
      end
    end
  end
end
