import { defineConfig } from '../src/handlers.ts';
import { steps } from './steps.ts';

export default defineConfig({ handlers: steps });
