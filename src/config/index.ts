export { ConfigError, type Problem } from './config-error';
export { type DeployRequest, deployInput, doctorInput, environmentOf, policyOf } from './deploy-request';
export { type Config, type Environment, loadConfig, parseConfig } from './load-config';
