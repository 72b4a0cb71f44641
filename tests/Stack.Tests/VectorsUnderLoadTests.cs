namespace Slipway.Stack.Tests;

/// <summary>
/// The vectors process dies, hangs and errs while questions come in without a pause. Times are the benchmark's matter (<c>Stack.Bench chaos</c>); here no question fails, degraded answers say
/// so, and in the end everything is there again.
/// </summary>
[Collection("One stack at a time")]
[Trait("Category", "Slow")]
public sealed class VectorsUnderLoadTests(PatientStack fixture) : IClassFixture<PatientStack>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_vectors_are_killed_no_question_fails_and_every_vector_is_there_again()
    {
        var stack = await fixture.GetAsync();
        await UnderLoadAsync(stack, async load =>
        {
            var degraded = load.NextAsync(ByKeyword, "An answer by keyword", Limit);
            stack.Kill("vectors");
            await degraded;
            await load.NextAsync(Hybrid, "A hybrid answer", Limit);
        });
    }

    [Fact]
    public async Task When_vectors_hang_no_question_fails_and_every_vector_is_still_there()
    {
        var stack = await fixture.GetAsync();
        await UnderLoadAsync(stack, async load =>
        {
            var pid = stack.PidOf("vectors");
            var degraded = load.NextAsync(ByKeyword, "An answer by keyword", Limit);
            AppHostProcess.Signal(pid, "STOP");
            try
            {
                await degraded;
            }
            finally
            {
                AppHostProcess.Signal(pid, "CONT");
            }

            await load.NextAsync(Hybrid, "A hybrid answer", Limit);
        });
    }

    [Fact]
    public async Task Wrong_neighbours_are_caught_by_their_recall_and_the_index_is_built_again()
    {
        var stack = await fixture.GetAsync();
        await UnderLoadAsync(stack, async load =>
        {
            await using (var set = await VectorSet.OpenAsync(stack, fixture.Data)) await set.CorruptAsync();
            using var client = stack.Client();
            await StandingAsync(client, index => index.Reason == "recall_below_objective", "The discovery of wrong neighbours");
            await StandingAsync(client, index => index.State == "healthy", "A new index");
            await load.NextAsync(Hybrid, "A hybrid answer", Limit);
        });
    }

    /// <summary>Asks while <paramref name="act"/> acts on a stack that is healthy before, and looks at what came of it.</summary>
    private async Task UnderLoadAsync(AppHostProcess stack, Func<SteadyLoad, Task> act)
    {
        using var client = stack.Client();
        await StandingAsync(client, index => index.State == "healthy", "A healthy index");
        await using var load = new SteadyLoad(client, Token);
        await load.NextAsync(Hybrid, "A hybrid answer", Limit);
        await act(load);
        var (answered, failed) = await load.EndAsync();
        Assert.True(failed.Count == 0, $"{failed.Count} of {answered} questions failed; the first with {failed.FirstOrDefault()?.Status}: {failed.FirstOrDefault()?.Text}");

        await StandingAsync(client, index => index.State == "healthy", "A healthy index");
        await using var set = await VectorSet.OpenAsync(stack, fixture.Data);
        var (stored, missing, tooMany) = await set.CompareAsync();
        Assert.True(stored > 0);
        Assert.Equal((0, 0L), (missing, tooMany));
    }

    private static bool ByKeyword(Reply reply) => reply.Status == 200 && reply.Degraded.Contains("retrieval=keyword", StringComparison.Ordinal);

    private static bool Hybrid(Reply reply) => reply.Status == 200 && !reply.Degraded.Contains("retrieval=", StringComparison.Ordinal);

    /// <summary>Waits until an admin is told that the index of the tenant dev stands as wanted.</summary>
    private static async Task StandingAsync(HttpClient client, Func<(string State, string Reason), bool> wanted, string what)
    {
        await Ask.UntilAsync(
            async () =>
            {
                using var response = await client.GetAsync("/admin/retrieval?tenant=dev", Token);
                return await Reply.ReadAsync(response, Token);
            },
            reply => reply.Status == 200 && wanted(Read(reply)), what, Limit, Token);

        static (string State, string Reason) Read(Reply reply)
        {
            var index = reply.Json.GetProperty("indexes").EnumerateArray().First(index => index.GetProperty("collection").GetString() == "default");
            return (index.GetProperty("state").GetString()!, index.GetProperty("reason").GetString() ?? "");
        }
    }
}
