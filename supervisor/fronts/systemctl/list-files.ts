export const listFiles = (): number => 0;
