using System.Net.Http.Headers;
using System.Text;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>Where Elasticsearch is and as whom it is asked.</summary>
/// <param name="Address">The address, ending in a slash and without credentials.</param>
/// <param name="Authorization">The credentials, or null.</param>
internal sealed record ElasticConnection(Uri Address, AuthenticationHeaderValue? Authorization)
{
    private const string Setting = "ConnectionStrings:elasticsearch";

    /// <summary>What is wrong with a connection string, without repeating it: it holds a password.</summary>
    public static string? Check(string? connectionString, string apiKey)
    {
        if (string.IsNullOrWhiteSpace(connectionString)) return $"{Setting} is not set; the backend 'elasticsearch' needs it, as http://elastic:PASSWORD@HOST:PORT.";
        if (!Uri.TryCreate(connectionString, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Query.Length > 0 || address.Fragment.Length > 0)
            return $"{Setting} is not an address; it must be of the form http://elastic:PASSWORD@HOST:PORT or https://….";
        if (address.UserInfo.Length > 0 && apiKey.Length > 0) return $"{Setting} has a user and Slipway:Retrieval:Elasticsearch:ApiKey is set; give one of them.";
        return null;
    }

    /// <summary>Reads a connection string that passed the check.</summary>
    public static ElasticConnection Parse(string connectionString, string apiKey)
    {
        var given = new Uri(connectionString);
        var address = new UriBuilder(given) { UserName = "", Password = "", Path = given.AbsolutePath.TrimEnd('/') + "/" }.Uri;
        if (apiKey.Length > 0) return new ElasticConnection(address, new AuthenticationHeaderValue("ApiKey", apiKey));
        if (given.UserInfo.Length == 0) return new ElasticConnection(address, null);
        var credentials = string.Join(':', given.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString));
        return new ElasticConnection(address, new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))));
    }
}
