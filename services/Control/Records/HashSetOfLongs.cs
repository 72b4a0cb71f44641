using System.Runtime.CompilerServices;

namespace Slipway.Control.Records;

/// <summary>
/// A set of 64-bit hashes: open addressing with linear probing in one array, at most three quarters full; 11 to 22 bytes an entry, where
/// <see cref="HashSet{T}"/> takes 24 to 48. The values are hashes already, so that their low bits place them.
/// Its loops are compiled in full at once: a start fills it with the last hour's requests before the runtime has had time to find out that they are hot.
/// </summary>
internal sealed class HashSetOfLongs
{
    private ulong[] _slots = new ulong[1024];
    private bool _hasZero;
    private int _used;

    internal int Count => _used + (_hasZero ? 1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal bool Contains(ulong value)
    {
        if (value == 0) return _hasZero;
        var mask = (ulong)_slots.Length - 1;
        for (var i = value & mask; ; i = (i + 1) & mask)
        {
            if (_slots[i] == value) return true;
            if (_slots[i] == 0) return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal bool Add(ulong value)
    {
        if (value == 0)
        {
            var added = !_hasZero;
            _hasZero = true;
            return added;
        }

        if (_used >= _slots.Length / 4 * 3) Grow();
        if (!Place(_slots, value)) return false;
        _used++;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Place(ulong[] slots, ulong value)
    {
        var mask = (ulong)slots.Length - 1;
        for (var i = value & mask; ; i = (i + 1) & mask)
        {
            if (slots[i] == value) return false;
            if (slots[i] != 0) continue;
            slots[i] = value;
            return true;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Grow()
    {
        var larger = new ulong[_slots.Length * 2];
        foreach (var value in _slots)
        {
            if (value != 0) Place(larger, value);
        }

        _slots = larger;
    }
}
