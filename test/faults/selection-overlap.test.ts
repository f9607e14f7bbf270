import { selectedFaults } from './selection';

selectedFaults('overlap');
