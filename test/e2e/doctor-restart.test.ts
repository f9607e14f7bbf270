import { doctorCases } from './doctor-cases';

doctorCases('restart');
