using Slipway.Stack.Tests;
using Slipway.Testing;

[assembly: AssemblyFixture(typeof(StackFixture))]

namespace Slipway.Stack.Tests;

/// <summary>One stack for the tests that leave it as they found it. Started when the first of them asks.</summary>
public sealed class StackFixture : IAsyncDisposable
{
    private readonly TempFolder _data = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private AppHostProcess? _stack;

    public async Task<AppHostProcess> GetAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _stack ??= await AppHostProcess.StartAsync(_data.Path, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stack is not null) await _stack.DisposeAsync();
        _data.Dispose();
        _gate.Dispose();
    }
}
