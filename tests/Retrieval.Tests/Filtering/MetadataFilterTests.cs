using Slipway.Retrieval.Filtering;
using Xunit;

namespace Slipway.Retrieval.Tests.Filtering;

public sealed class MetadataFilterTests
{
    [Theory]
    [InlineData("2024", 2024)]
    [InlineData("-1.5e3", -1500)]
    [InlineData("1970-01-02", 86_400_000)]
    [InlineData("1970-01-01T00:00:01Z", 1000)]
    [InlineData("1970-01-01T01:00:00+01:00", 0)]
    [InlineData("1970-01-01T00:00:00.250Z", 250)]
    public void Numbers_and_dates_count_in_ranges(string value, double expected) => Assert.Equal(expected, MetadataNumber.Of(value));

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1,000")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    [InlineData("2024-13-01")]
    [InlineData("24-11-2026")]
    [InlineData("v2")]
    public void Other_text_does_not(string value) => Assert.Null(MetadataNumber.Of(value));

    [Fact]
    public void Metadata_survive_the_store_to_the_letter()
    {
        var metadata = new Dictionary<string, IReadOnlyList<string>>
        {
            ["z"] = ["one"],
            ["a"] = ["two", "three"],
            ["odd \"name\"\n"] = ["<&'\u2028\ud83d\ude00>"],
        };

        var json = MetadataJson.Write(metadata);
        Assert.StartsWith("{\"a\":[\"two\",\"three\"],", json, StringComparison.Ordinal);
        Assert.Equal(metadata.OrderBy(field => field.Key, StringComparer.Ordinal), MetadataJson.Read(json).OrderBy(field => field.Key, StringComparer.Ordinal));
        Assert.Same(MetadataJson.None, MetadataJson.Read(MetadataJson.Write(MetadataJson.None)));
    }
}
