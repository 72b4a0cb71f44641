using Slipway.Cache.Intents.Shelves;

namespace Slipway.Cache.Tests.Intents;

public sealed class IntentShelfTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_nearest_above_the_threshold_come_first()
    {
        var shelf = new IntentShelf();
        shelf.Add(Make("a", [1, 0]));
        shelf.Add(Make("b", [0.8f, 0.6f]));
        shelf.Add(Make("c", [0, 1]));

        var near = shelf.Nearest([1, 0], 0.7, Now);

        Assert.Equal(["a", "b"], near.Select(one => one.Intent.Question));
        Assert.Equal(0.8, near[1].Similarity, 0.001);
    }

    [Fact]
    public void What_has_expired_or_is_forgotten_is_not_found()
    {
        var shelf = new IntentShelf();
        var gone = Make("gone", [1, 0]);
        shelf.Add(gone);
        shelf.Add(Make("old", [1, 0], Now));
        shelf.Add(Make("live", [1, 0]));
        shelf.Forget(gone);

        Assert.Equal(["live"], shelf.Nearest([1, 0], 0.5, Now).Select(one => one.Intent.Question));
    }

    [Fact]
    public void The_oldest_makes_way_and_the_size_is_told()
    {
        var shelf = new IntentShelf(capacity: 2);
        foreach (var name in (string[])["a", "b", "c"]) shelf.Add(Make(name, [1, 0]));

        Assert.Equal(2, shelf.Count);
        Assert.Equal(["b", "c"], shelf.Nearest([1, 0], 0.5, Now).Select(one => one.Intent.Question).Order());
        Assert.Equal(2 * Make("a", [1, 0]).Size, shelf.Bytes);
    }

    [Fact]
    public void Vectors_of_another_length_are_not_compared()
    {
        var shelf = new IntentShelf();
        shelf.Add(Make("a", [1, 0, 0]));
        Assert.Empty(shelf.Nearest([1, 0], 0.5, Now));
    }

    [Fact]
    public void An_intent_comes_back_from_its_bytes()
    {
        var intent = Make("Größe über 5 €?", [0.6f, -0.8f]);
        var bytes = IntentSerializer.Write(intent);
        var read = Assert.IsType<Intent>(IntentSerializer.Read(bytes));

        Assert.Equal((intent.Id, intent.Question, intent.Entry, intent.ExpiresAt), (read.Id, read.Question, read.Entry, read.ExpiresAt));
        Assert.Equal(0.6, read.Direction[0], 0.001);
        Assert.Equal(-0.8, read.Direction[1], 0.001);
        Assert.Equal(intent.Id, IntentSerializer.IdOf(bytes));
    }

    [Fact]
    public void Bytes_of_anything_else_are_no_intent()
    {
        var bytes = IntentSerializer.Write(Make("a", [1, 0]));
        Assert.Null(IntentSerializer.Read(null));
        Assert.Null(IntentSerializer.Read([2, .. bytes[1..]]));
        for (var length = 0; length < bytes.Length; length++) Assert.Null(IntentSerializer.Read(bytes[..length]));
    }

    private static Intent Make(string question, float[] direction, DateTimeOffset? expires = null) =>
        new(Guid.NewGuid().ToString("N"), question, "entry", direction, expires ?? Now.AddMinutes(10));
}
