using System.Text.Json;
using Slipway.Assistant.Http;
using Slipway.Contracts;

namespace Slipway.Assistant.Feedback;

/// <summary><c>POST /v1/feedback</c>: <c>{request_id, rating: "good" | "bad", comment?}</c> on an answer given before; 204 when it is kept.</summary>
internal static class FeedbackApi
{
    private const int MaxComment = 2000;

    public static WebApplication MapFeedbackApi(this WebApplication app)
    {
        app.MapPost("/v1/feedback", HandleAsync);
        return app;
    }

    private static async Task HandleAsync(HttpContext http, ControlService.ControlServiceClient control, TimeProvider time)
    {
        var caller = Caller.From(http);
        using var body = await JsonBody.ReadAsync(http);
        var request = Read(body.RootElement);
        request.Tenant = caller.Tenant;
        await control.SubmitFeedbackAsync(request, deadline: time.GetUtcNow().UtcDateTime.AddSeconds(2), cancellationToken: http.RequestAborted);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static SubmitFeedbackRequest Read(JsonElement json)
    {
        var rating = json.RequiredString("rating", 16);
        return new SubmitFeedbackRequest
        {
            RequestId = json.RequiredString("request_id", 64),
            Rating = rating switch
            {
                "good" => 1,
                "bad" => -1,
                _ => throw JsonFields.Invalid("rating", "'rating' must be good or bad."),
            },
            Comment = json.OptionalString("comment", MaxComment) ?? "",
        };
    }
}
