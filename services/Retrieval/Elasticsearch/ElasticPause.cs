using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>
/// Asks on behalf of keyword indexes. After questions that were not answered nobody waits for a while (<see cref="ElasticOptions.ProbeMs"/>): then one goes ahead, and its answer decides.
/// </summary>
/// <param name="options">How long.</param>
/// <param name="time">The clock.</param>
/// <param name="tolerated">Unanswered questions in a row that are let pass: 1 where a connection that was cut is to be made good at once.</param>
internal sealed class ElasticPause(ElasticOptions options, TimeProvider time, int tolerated)
{
    private readonly Lock _gate = new();
    private long _failedAt;
    private int _failures;

    /// <summary>Asks.</summary>
    /// <exception cref="KeywordIndexException">There is no answer, or it is an error.</exception>
    public async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        lock (_gate)
        {
            if (_failures > tolerated)
            {
                if (time.GetElapsedTime(_failedAt) < TimeSpan.FromMilliseconds(options.ProbeMs)) throw new KeywordIndexException("Elasticsearch did not answer a moment ago.");
                // The others wait for what this one learns.
                _failedAt = time.GetTimestamp();
            }
        }

        try
        {
            var answer = await ask();
            Answered();
            return answer;
        }
        catch (ElasticException exception)
        {
            if (exception.Fault is ElasticFault.Unavailable or ElasticFault.Timeout)
            {
                lock (_gate) (_failures, _failedAt) = (_failures + 1, time.GetTimestamp());
            }
            else
            {
                Answered();
            }

            throw new KeywordIndexException(exception.Message, exception) { IsLost = exception.Fault == ElasticFault.IndexMissing };
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new KeywordIndexException("Elasticsearch answered with JSON of another form than its description has.", exception);
        }
    }

    private void Answered()
    {
        lock (_gate) _failures = 0;
    }
}
