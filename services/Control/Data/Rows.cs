namespace Slipway.Control.Data;

/// <summary>A tenant.</summary>
internal sealed class TenantRow
{
    public required string Id { get; init; }

    public required string Name { get; set; }

    /// <summary>0: no limit.</summary>
    public int RequestsPerMinute { get; set; }

    public long CreatedUnixMs { get; init; }
}

/// <summary>An API key, of which only the hash is kept.</summary>
internal sealed class ApiKeyRow
{
    public required string Id { get; init; }

    public required string TenantId { get; init; }

    public required string Name { get; init; }

    /// <summary>SHA-256 of the key's UTF-8 bytes.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>The first characters of the key, by which its owner tells it from others.</summary>
    public required string Hint { get; init; }

    /// <summary>Comma separated.</summary>
    public required string Scopes { get; init; }

    public long CreatedUnixMs { get; init; }

    public long? RevokedUnixMs { get; set; }
}

/// <summary>A release: immutable once made.</summary>
internal sealed class ReleaseRow
{
    public required string Name { get; init; }

    /// <summary>The contract's <c>Release</c> message as protobuf JSON: fields that later versions add need no migration.</summary>
    public required string Definition { get; init; }

    public required string CreatedBy { get; init; }

    public long CreatedUnixMs { get; init; }
}

/// <summary>One move of the pointer to the active release. The row with the largest id is the one in force.</summary>
internal sealed class ActivationRow
{
    public long Id { get; init; }

    public required string Release { get; init; }

    /// <summary>The release that was active before; empty for the first.</summary>
    public required string Previous { get; init; }

    public required string By { get; init; }

    public required string Reason { get; init; }

    public long TimeUnixMs { get; init; }
}

/// <summary>What one request did and cost. Holds no prompt and no answer.</summary>
internal sealed class RecordRow
{
    /// <summary>Time-ordered: see <see cref="TimeOrderedIds"/>.</summary>
    public long Id { get; init; }

    public required string RequestId { get; init; }

    public required string Tenant { get; init; }

    public required string Route { get; init; }

    public required string Release { get; init; }

    public long TimeUnixMs { get; init; }

    public int Status { get; init; }

    public required string ErrorCode { get; init; }

    public required string Model { get; init; }

    public required string Provider { get; init; }

    public required string PromptVersion { get; init; }

    public required string CorpusVersion { get; init; }

    public required string Cache { get; init; }

    /// <summary>stage=rung, comma separated.</summary>
    public required string Degraded { get; init; }

    /// <summary>Milliseconds by stage: a JSON object.</summary>
    public required string Stages { get; init; }

    public double TotalMs { get; init; }

    public double FirstTokenMs { get; init; }

    public int PromptTokens { get; init; }

    public int CompletionTokens { get; init; }

    public int CachedPromptTokens { get; init; }

    public double CostUsd { get; init; }

    public double Confidence { get; init; }

    public bool Review { get; init; }

    public bool Stream { get; init; }
}

/// <summary>The KPIs of one minute of one (route, tenant, release).</summary>
internal sealed class RollupRow
{
    /// <summary>Minutes since 1970.</summary>
    public long Minute { get; init; }

    public required string Route { get; init; }

    public required string Tenant { get; init; }

    public required string Release { get; init; }

    /// <summary>A <c>Rollup</c> message (Protos/rollup.proto).</summary>
    public required byte[] Data { get; init; }
}

/// <summary>The KPIs of one hour of one (route, tenant, release): its minutes added up, so that questions about days read sixty times less.</summary>
internal sealed class HourRow
{
    /// <summary>Hours since 1970.</summary>
    public long Hour { get; init; }

    public required string Route { get; init; }

    public required string Tenant { get; init; }

    public required string Release { get; init; }

    /// <summary>A <c>Rollup</c> message (Protos/rollup.proto).</summary>
    public required byte[] Data { get; init; }
}

/// <summary>The request ids counted between two flushes, hashed: written with the roll-ups in one transaction, so that a restart counts nothing twice.</summary>
internal sealed class SeenRow
{
    public long Id { get; init; }

    public long TimeUnixMs { get; init; }

    /// <summary>64-bit hashes, little endian.</summary>
    public required byte[] Hashes { get; init; }
}

/// <summary>What a tenant's user thought of an answer. The last word on a request replaces the one before.</summary>
internal sealed class FeedbackRow
{
    public required string Tenant { get; init; }

    public required string RequestId { get; init; }

    /// <summary>-1 or 1.</summary>
    public int Rating { get; init; }

    public required string Comment { get; init; }

    public long TimeUnixMs { get; init; }
}

/// <summary>Something that happened.</summary>
internal sealed class EventRow
{
    /// <summary>Time-ordered: see <see cref="TimeOrderedIds"/>.</summary>
    public long Id { get; init; }

    public long TimeUnixMs { get; init; }

    public required string Kind { get; init; }

    public required string Severity { get; init; }

    public required string Subject { get; init; }

    public required string Message { get; init; }

    /// <summary>A JSON object.</summary>
    public required string Details { get; init; }

    /// <summary>Unique: an event that is told again and again by somebody else is kept once.</summary>
    public required string Source { get; init; }
}

/// <summary>An alert that stands. Written in one transaction with the event that tells of it.</summary>
internal sealed class AlertRow
{
    public required string Route { get; init; }

    public required string Objective { get; init; }

    public required string Rule { get; init; }

    public required string Severity { get; init; }

    public required string Message { get; init; }

    public long RaisedUnixMs { get; init; }
}

/// <summary>An event that a webhook has not taken yet.</summary>
internal sealed class DeliveryRow
{
    /// <summary>Time-ordered: see <see cref="TimeOrderedIds"/>.</summary>
    public long Id { get; init; }

    /// <summary>The webhook's name.</summary>
    public required string Webhook { get; init; }

    public long EventId { get; init; }

    public int Attempts { get; init; }

    public long DueUnixMs { get; init; }
}
