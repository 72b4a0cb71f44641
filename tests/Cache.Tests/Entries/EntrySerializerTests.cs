using Google.Protobuf;
using Slipway.Cache.Entries;
using ZiggyCreatures.Caching.Fusion.Internals.Distributed;

namespace Slipway.Cache.Tests.Entries;

public sealed class EntrySerializerTests
{
    private static readonly CacheEntry Entry = new(
        ByteString.CopyFromUtf8("value"), DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000), DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_900_000));

    private readonly EntrySerializer _serializer = new();

    [Fact]
    public void The_bytes_of_version_1_stay_as_they_are()
    {
        var bytes = _serializer.Serialize(new FusionCacheDistributedEntry<CacheEntry>(Entry, 0, 0, null, null));

        Assert.Equal("01" + "00505C18A3010000" + "A00B6A18A3010000" + "76616C7565", Convert.ToHexString(bytes));
    }

    [Fact]
    public void An_entry_comes_back_with_its_times_and_size()
    {
        var bytes = _serializer.Serialize(new FusionCacheDistributedEntry<CacheEntry>(Entry, 0, 0, null, null));

        var back = _serializer.Deserialize<FusionCacheDistributedEntry<CacheEntry>>(bytes)!;

        Assert.Equal(Entry, back.Value);
        Assert.Equal(Entry.ExpiresAt.UtcTicks, back.LogicalExpirationTimestamp);
        Assert.Equal(Entry.Size, back.Metadata!.Size);
        Assert.Equal(Entry.ExpiresAt, EntrySerializer.ExpiryOf(bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("0200000000000000000000000000000000")]
    [InlineData("01FFFFFFFFFFFFFF7FFFFFFFFFFFFFFF7F")]
    public void Other_bytes_are_no_entry(string hex) => Assert.Null(_serializer.Deserialize<FusionCacheDistributedEntry<CacheEntry>>(Convert.FromHexString(hex)));

    [Fact]
    public void Other_types_are_refused() => Assert.Throws<NotSupportedException>(() => _serializer.Serialize("text"));
}
