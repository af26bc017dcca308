/** @jsxImportSource file://@WORLD@/lib */
export const view = <p />;
