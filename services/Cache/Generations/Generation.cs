namespace Slipway.Cache.Generations;

/// <summary>Which of a tenant's generations is current: entries of earlier ones are forgotten.</summary>
/// <param name="Number">Part of every key of the tenant.</param>
/// <param name="Shared">False while a purge has not reached Redis: until then nothing of the tenant is read from there or written to it.</param>
internal readonly record struct Generation(long Number, bool Shared);
