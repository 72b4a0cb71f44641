using System.Globalization;

namespace Aspire.Hosting.Local;

/// <summary>Asks one URL whether a process is healthy.</summary>
internal sealed class HealthProbe(string url, int expectedStatus) : IDisposable
{
    /// <summary>A process that hangs accepts connections and never answers.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = Limit }) { Timeout = Limit };

    /// <returns>Null when it is healthy; else why it is not.</returns>
    internal async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(url, cancellationToken);
            return (int)response.StatusCode == expectedStatus ? null : string.Create(CultureInfo.InvariantCulture, $"{url} answers {(int)response.StatusCode}");
        }
        catch (HttpRequestException)
        {
            return $"{url} does not answer";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{url} does not answer within {Limit.TotalSeconds} s");
        }
    }

    public void Dispose() => _client.Dispose();
}
