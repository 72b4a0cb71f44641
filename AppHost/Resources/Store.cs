namespace Slipway.AppHost.Resources;

/// <summary>Something that keeps data: what its clients connect to, and what they may wait for.</summary>
/// <param name="Name">The name of the connection string that clients are given.</param>
/// <param name="Connection">The connection string.</param>
/// <param name="Process">What must run.</param>
internal sealed record Store(string Name, IResourceBuilder<IResourceWithConnectionString> Connection, IResourceBuilder<IResource> Process);
