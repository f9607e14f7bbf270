import { selectedFaults } from './selection';

selectedFaults('restart');
