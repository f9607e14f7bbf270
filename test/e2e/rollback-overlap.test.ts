import { rollbackCases } from './rollback-cases';

rollbackCases('overlap');
