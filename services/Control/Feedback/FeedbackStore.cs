using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Control.Data;
using Slipway.Control.Kpis;
using Slipway.Control.Records;

namespace Slipway.Control.Feedback;

/// <summary>What users thought of answers, by request id.</summary>
internal sealed class FeedbackStore(IDbContextFactory<ControlDb> databases, KpiStore kpis, TimeProvider time)
{
    internal const int MaxComment = 2000;

    /// <summary>Keeps it; the last word on a request replaces the one before.</summary>
    /// <exception cref="Grpc.Core.RpcException">The rating or the comment is out of its range, or no record has the request id.</exception>
    internal async Task SubmitAsync(SubmitFeedbackRequest request, CancellationToken cancellationToken)
    {
        if (request.Rating is not (-1 or 1)) throw ServiceError.Invalid("rating", "'rating' must be -1 or 1.").ToException();
        if (request.Comment.Length > MaxComment)
            throw ServiceError.Invalid("comment", $"'comment' must have at most {MaxComment} characters; it has {request.Comment.Length}.").ToException();
        if (request.RequestId.Length is 0 or > 64) throw ServiceError.Invalid("request_id", "'request_id' must have 1 to 64 characters.").ToException();

        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        var id = RecordCleaner.Text(request.RequestId, 64);
        // Most requests are counted without being kept: their ids are known from memory for ten minutes.
        if (!kpis.WasSeen(request.Tenant, id) && !await database.Records.AnyAsync(row => row.RequestId == id && row.Tenant == request.Tenant, cancellationToken))
            throw ServiceError.NotFound("request_not_found", "No request of this id is known.", "request_id").ToException();

        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var comment = new string([.. request.Comment.Select(character => char.IsControl(character) && character is not ('\n' or '\t') ? ' ' : character)]);
        await database.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO feedback ("tenant", "request_id", "rating", "comment", "time_unix_ms") VALUES ({request.Tenant}, {id}, {request.Rating}, {comment}, {now})
            ON CONFLICT ("tenant", "request_id") DO UPDATE SET "rating" = excluded."rating", "comment" = excluded."comment", "time_unix_ms" = excluded."time_unix_ms"
            """,
            cancellationToken);
    }
}
