// The toolkit's command line: what node makes of it is kept, before anything of it is loaded.

import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';

// A third of an unchanged run is compiling. Not in the shared /tmp: what lies there could be anybody's code.
enableCompileCache(join(dirname(import.meta.dirname), '.initkit', 'compiled'));
await import('./commands/main.ts');
