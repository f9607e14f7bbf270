export { ConfigError, type Problem } from './config-error';
export { type DeployRequest, deployInput, doctorInput, environmentOf } from './deploy-request';
export { type Config, controllerIn, type Environment, loadConfig, parseConfig } from './load-config';
