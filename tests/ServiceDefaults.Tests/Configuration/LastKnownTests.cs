using Google.Protobuf;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Configuration;
using Slipway.Testing;

namespace Slipway.ServiceDefaults.Tests.Configuration;

public sealed class LastKnownTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private LastKnown<TenantSet> Tenants => new(_folder.Path, "tenants");

    private string File => _folder.File("tenants.lastknown");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_saved_is_loaded_by_the_next_process()
    {
        var set = Set(3);

        Assert.True(Tenants.Save(set));

        Assert.Equal(set, Tenants.Load());
    }

    [Fact]
    public void Nothing_was_saved_yet() => Assert.Null(Tenants.Load());

    [Fact]
    public void A_file_that_is_no_message_is_as_good_as_none()
    {
        System.IO.File.WriteAllText(File, "this is not protobuf");

        Assert.Null(Tenants.Load());
    }

    [Fact]
    public void A_file_that_was_cut_is_as_good_as_none()
    {
        Tenants.Save(Set(3));
        System.IO.File.WriteAllBytes(File, System.IO.File.ReadAllBytes(File)[..^2]);

        Assert.Null(Tenants.Load());
    }

    [Fact]
    public void A_crash_while_saving_leaves_the_previous_state()
    {
        var before = Set(1);
        Tenants.Save(before);
        // What a killed process leaves: the new file, half written, beside the old one.
        System.IO.File.WriteAllBytes(File + ".new", Set(5).ToByteArray()[..7]);

        Assert.Equal(before, Tenants.Load());
        Assert.True(Tenants.Save(Set(2)));
        Assert.Equal(Set(2), Tenants.Load());
        Assert.False(System.IO.File.Exists(File + ".new"));
    }

    [Fact]
    public void The_file_is_its_users_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        Tenants.Save(Set(1));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void A_disk_that_refuses_is_no_error()
    {
        var nowhere = new LastKnown<TenantSet>(_folder.File("missing"), "tenants");

        Assert.False(nowhere.Save(Set(1)));
        Assert.Null(nowhere.Load());
    }

    [Fact]
    public void Readers_never_see_half_of_a_state()
    {
        var store = Tenants;
        store.Save(Set(1));

        Parallel.For(0, 200, i =>
        {
            if (i % 4 == 0) Assert.True(store.Save(Set((i % 7) + 1)));
            else
            {
                var seen = store.Load()!;
                Assert.Equal(seen.Version, $"{seen.Tenants.Count}");
            }
        });
    }

    private static TenantSet Set(int tenants)
    {
        var set = new TenantSet { Version = $"{tenants}" };
        for (var i = 0; i < tenants; i++) set.Tenants.Add(new Tenant { Id = $"tenant-{i}", Name = new string('n', 100) });
        return set;
    }
}
