/** Stands in for an optional package that is never used in production. */
export default undefined;
