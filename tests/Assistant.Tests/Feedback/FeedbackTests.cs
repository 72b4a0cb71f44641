using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Feedback;

public sealed class FeedbackTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Theory]
    [InlineData("good", 1)]
    [InlineData("bad", -1)]
    public async Task A_rating_reaches_control(string rating, int expected)
    {
        var reply = await PostAsync("/v1/feedback", $$"""{"request_id":"r-1","rating":"{{rating}}","comment":"So so"}""");

        Assert.Equal((204, ""), (reply.Status, reply.Body));
        var feedback = Peers.Control.Feedback.Requests.Single();
        Assert.Equal((Tenant, "r-1", expected, "So so"), (feedback.Tenant, feedback.RequestId, feedback.Rating, feedback.Comment));
    }

    [Theory]
    [InlineData("{}", "missing_required_parameter", "rating")]
    [InlineData("{\"rating\":\"good\"}", "missing_required_parameter", "request_id")]
    [InlineData("{\"rating\":\"meh\",\"request_id\":\"r\"}", "invalid_value", "rating")]
    [InlineData("{\"rating\":1,\"request_id\":\"r\"}", "invalid_type", "rating")]
    [InlineData("{\"rating\":\"good\",\"request_id\":\"r\",\"comment\":[]}", "invalid_type", "comment")]
    [InlineData("[", "invalid_json", null)]
    public async Task Wrong_feedback_is_a_400_that_names_the_field(string body, string code, string? param)
    {
        (await PostAsync("/v1/feedback", body)).MustBeError(400, code, param);
        Assert.Empty(Peers.Control.Feedback.All);
    }

    [Fact]
    public async Task A_comment_has_a_limit()
    {
        Assert.Equal(204, (await PostAsync("/v1/feedback", $$"""{"request_id":"r","rating":"bad","comment":"{{new string('c', 2000)}}"}""")).Status);
        (await PostAsync("/v1/feedback", $$"""{"request_id":"r","rating":"bad","comment":"{{new string('c', 2001)}}"}""")).MustBeError(400, "invalid_value", "comment");
    }

    [Fact]
    public async Task Feedback_on_an_unknown_request_is_a_404()
    {
        Peers.Control.OnFeedback = _ => throw ServiceError.NotFound("request_not_found", "There is no request 'r'.", "request_id").ToException();

        (await PostAsync("/v1/feedback", """{"request_id":"r","rating":"bad"}""")).MustBeError(404, "request_not_found", "request_id");
    }

    [Fact]
    public async Task Without_control_there_is_a_clean_503()
    {
        Peers.Control.Away = true;

        (await PostAsync("/v1/feedback", """{"request_id":"r","rating":"bad"}""")).MustBeError(503, "service_unavailable");
    }
}
