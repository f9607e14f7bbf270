import { doctorCases } from './doctor-cases';

doctorCases('overlap');
