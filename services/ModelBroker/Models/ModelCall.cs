using System.Diagnostics;
using Slipway.ModelBroker.Catalog;

namespace Slipway.ModelBroker.Models;

/// <summary>What a call carries through the pipeline beside its request.</summary>
internal sealed class ModelCall
{
    /// <summary>The models that may answer, in the order in which they are tried; at least one.</summary>
    public required IReadOnlyList<CatalogModel> Route { get; init; }

    /// <summary>Who pays.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Whether anybody else goes first where calls wait.</summary>
    public bool Background { get; init; }

    /// <summary>When the answer (of a stream: its first piece) is too late; <see cref="DateTimeOffset.MaxValue"/>: never.</summary>
    public DateTimeOffset Deadline { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>When the last piece of a stream is too late.</summary>
    public DateTimeOffset End { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>The caller's.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>When the turn of the model that is being tried is over: set by the router.</summary>
    public DateTimeOffset Until { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>Whether another model may answer after the one that is being tried: set by the router. Nobody waits for a limit then.</summary>
    public bool HasAlternative { get; set; }

    /// <summary>The call's span; its events are the attempts.</summary>
    public Activity? Span { get; set; }

    /// <summary>The same call for other models, without a span of its own.</summary>
    public ModelCall For(IReadOnlyList<CatalogModel> route) =>
        new() { Route = route, Tenant = Tenant, Background = Background, Deadline = End, End = End, Cancellation = Cancellation, Span = Span };

    /// <summary>The same call, given up by somebody else.</summary>
    public ModelCall With(CancellationToken cancellation) =>
        new() { Route = Route, Tenant = Tenant, Background = Background, Deadline = Deadline, End = End, Cancellation = cancellation, Span = Span };
}
