using Slipway.Assistant.Budgets;
using Slipway.Assistant.Tests.Hosting;

namespace Slipway.Assistant.Tests.Budgets;

/// <summary>An assistant whose budgets change while it runs.</summary>
public sealed class ReloadTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Fact]
    public async Task A_changed_budget_counts_without_a_restart_and_a_broken_edit_leaves_the_last_good_one()
    {
        var budgets = Host.Get<BudgetTable>();
        await Host.WriteSloAsync(SloJson.With(("retrieval", 19_000)));
        await Eventually.TrueAsync(() => budgets.For("answers").For(Stage.Retrieval).TotalMilliseconds == 19_000);

        await Host.WriteSloAsync("""{ "routes": { "default": { "endToEndMs": 1 } } }""");
        // The next good edit is seen only after the broken one was looked at, or in its place: either way what is broken never counts.
        await Host.WriteSloAsync(SloJson.With(("retrieval", 18_000)));
        await Eventually.TrueAsync(() =>
        {
            Assert.True(budgets.For("answers").For(Stage.Retrieval).TotalMilliseconds is 19_000 or 18_000);
            return budgets.For("answers").For(Stage.Retrieval).TotalMilliseconds == 18_000;
        });
    }
}
