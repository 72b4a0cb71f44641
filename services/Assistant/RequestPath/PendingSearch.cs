using Slipway.Contracts;
using Slipway.ServiceDefaults.Tasks;

namespace Slipway.Assistant.RequestPath;

/// <summary>A search under way. It may go on after the stage's budget is used up, for a question that has no other answer; disposing it gives it up.</summary>
/// <param name="search">Null when no passages can be had; it fails only by the caller's leaving.</param>
/// <param name="take">Called once with what is found, by whoever waits for it.</param>
/// <param name="budget">What the stage may take.</param>
/// <param name="giveUp">Cancels the search.</param>
/// <param name="time">The clock.</param>
internal sealed class PendingSearch(Task<FoundPassages?> search, Func<FoundPassages, SearchResponse> take, TimeSpan budget, CancellationTokenSource giveUp, TimeProvider time) : IDisposable
{
    /// <summary>What is found within the stage's budget. Null when that is over, or when no passages can be had.</summary>
    public async Task<SearchResponse?> InBudgetAsync()
    {
        try
        {
            await search.WaitAsync(budget, time);
        }
        catch (TimeoutException)
        {
            return null;
        }

        return await InTheEndAsync();
    }

    /// <summary>What is found in the end. Null when no passages can be had.</summary>
    public async Task<SearchResponse?> InTheEndAsync() => await search is { } found ? take(found) : null;

    public void Dispose()
    {
        if (!search.IsCompleted)
        {
            giveUp.Cancel();
            search.LeaveBehind();
        }

        giveUp.Dispose();
    }
}

/// <summary>Passages.</summary>
/// <param name="Response">Retrieval's answer.</param>
/// <param name="ByKeyword">Whether the search that was wanted failed, and one by keyword was made instead.</param>
internal sealed record FoundPassages(SearchResponse Response, bool ByKeyword);
