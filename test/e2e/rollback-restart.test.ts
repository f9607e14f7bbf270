import { rollbackCases } from './rollback-cases';

rollbackCases('restart');
