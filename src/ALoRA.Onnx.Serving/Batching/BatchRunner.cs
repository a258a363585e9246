using System.Numerics;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Bindings;
using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Batching;

/// <summary>
/// Computes rows of many requests: by operators of our own in one run (<see cref="SlotRunner"/>), else one row
/// of each, those whose slots are of one class and whose rows are rotated alike in one run. Not thread-safe.
/// Allocates only when requests, adapters or slots are others than in the steps before.
/// </summary>
internal sealed class BatchRunner : IDisposable
{
    // Of the slots of a run, one in so many may be idle before others move into their places.
    private const int IdlePart = 4;

    private const int MostBindings = 64;

    private readonly ModelSession _session;
    private readonly SlotArena _arena;
    private readonly TableChoice _tables;
    private readonly StackChoice _stacks;
    private readonly StepAdapters _adapters;
    private readonly SlotRunner _slots;
    private readonly KvCache?[][] _caches;
    private readonly List<BatchBinding> _bindings = [];
    private readonly List<LiveRequest> _group = [];
    private readonly List<LiveRequest> _part = [];

    // The logits of a step are read until the next one.
    private readonly List<BatchBinding> _outdated = [];
    private bool _runsInSlots;

    /// <summary>Prepares runs.</summary>
    /// <param name="session">The graphs.</param>
    /// <param name="arena">Where all caches lie.</param>
    /// <param name="registry">Where adapters come from.</param>
    /// <param name="mostAdapters">Most adapters of a step.</param>
    public BatchRunner(ModelSession session, SlotArena arena, AdapterRegistry registry, int mostAdapters)
    {
        _session = session;
        _arena = arena;
        _tables = new TableChoice(session);
        _stacks = new StackChoice(session, registry, mostAdapters);
        _adapters = new StepAdapters(_tables);
        _slots = new SlotRunner(session, arena, _tables);
        _caches = [.. arena.Classes.Select(one => new KvCache?[one.Buffers.Length])];
    }

    /// <summary>Begins a step: the logits of the last one are not read any more, and slots that take part come near each other.</summary>
    /// <param name="requests">All requests that a row is computed of.</param>
    /// <param name="caches">All caches of the arena.</param>
    public void Begin(List<LiveRequest> requests, List<KvCache> caches)
    {
        _outdated.ForEach(static one => one.Dispose());
        _outdated.Clear();
        _runsInSlots = _adapters.Choose(requests) && requests.Count > 0 && _slots.TryBegin();
        if (_runsInSlots)
        {
            return;
        }

        foreach (KvCache?[] one in _caches)
        {
            Array.Clear(one);
        }

        foreach (KvCache cache in caches)
        {
            if (_arena.PlaceOf(cache) is { } place)
            {
                _caches[_arena.IndexOf(place.Class)][place.Slot] = cache;
            }
        }

        OutdateBindings(_tables.Chosen is null ? _stacks.Choose(requests) : null);

        for (int i = 0; i < _caches.Length; i++)
        {
            CloseGaps(i, requests);
        }
    }

    /// <summary>Computes the next row of each request. Those that fail have no more rows than before.</summary>
    /// <param name="requests">The requests, each with a slot and a row missing, of those that the step began with.</param>
    /// <param name="failed">Receives the requests that failed, with what they failed of.</param>
    public void Run(List<LiveRequest> requests, List<(LiveRequest Request, Exception Exception)> failed)
    {
        if (_runsInSlots)
        {
            _slots.Run(requests, failed);
            return;
        }

        for (int i = 0; i < _caches.Length; i++)
        {
            RunGroup(i, requests, isLong: false, failed);
            RunGroup(i, requests, isLong: true, failed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bindings.ForEach(binding => binding.Dispose());
        _outdated.ForEach(binding => binding.Dispose());
        _slots.Dispose();
        _stacks.Dispose();
        _tables.Dispose();
    }

    // Those of a stack that is freed, and of a table that a larger one has taken the place of.
    private void OutdateBindings(AdapterStack? replaced)
    {
        for (int i = _bindings.Count - 1; i >= 0; i--)
        {
            BatchBinding binding = _bindings[i];
            bool isOfOtherTable = binding.Table is not null
                && _tables.Chosen is not null
                && !ReferenceEquals(binding.Table, _tables.Chosen);
            if (isOfOtherTable || (replaced is not null && ReferenceEquals(binding.Stack, replaced)))
            {
                _outdated.Add(binding);
                _bindings.RemoveAt(i);
            }
        }
    }

    private void RunGroup(
        int index, List<LiveRequest> requests, bool isLong, List<(LiveRequest Request, Exception Exception)> failed)
    {
        _group.Clear();
        foreach (LiveRequest request in requests)
        {
            Sequence sequence = request.Tokens.Sequence!;
            if (sequence.IsLongContext == isLong && _arena.IndexOf(PlaceOf(request).Class) == index)
            {
                _group.Add(request);
            }
        }

        // Adapters that overflowed once are not mixed with others in a stack again. In a table each row reads its own adapter alone.
        for (int i = 0; i < _group.Count && _tables.Chosen is null; i++)
        {
            if (_group[i].NextWriter is Adapter adapter && _stacks.IsApart(adapter) && IsFirstOf(adapter, i))
            {
                Select(adapter, isMixed: false);
                RunPart(index, failed, mixes: false);
            }
        }

        Select(only: null, isMixed: true);
        RunPart(index, failed, mixes: true);
    }

    private bool IsFirstOf(Adapter adapter, int place)
    {
        for (int i = 0; i < place; i++)
        {
            if (ReferenceEquals(_group[i].NextWriter, adapter))
            {
                return false;
            }
        }

        return true;
    }

    private void Select(Adapter? only, bool isMixed)
    {
        _part.Clear();
        foreach (LiveRequest request in _group)
        {
            Adapter? writer = request.NextWriter;
            if (isMixed ? writer is null || _tables.Chosen is not null || !_stacks.IsApart(writer) : ReferenceEquals(writer, only))
            {
                _part.Add(request);
            }
        }
    }

    // With stacks: numbers that are none in one row say that an adapter overflows, and 0 times infinity may have spoilt
    // all the others, also where that adapter has no row in this run and is only in its stack. The same run again,
    // the base and each adapter on their own, overwrites every row and shows whose it is.
    private void RunPart(int index, List<(LiveRequest Request, Exception Exception)> failed, bool mixes)
    {
        if (_part.Count == 0)
        {
            return;
        }

        BatchBinding binding = RunOnce(index, mixes);
        bool isMixed = IsMixed();
        if (mixes && binding.Table is null && (isMixed || binding.Stack is { Adapters.Count: > 1 }) && !AreAllUsable(binding))
        {
            LiveRequest[] all = [.. _part];
            foreach (IGrouping<Adapter?, LiveRequest> own in all.GroupBy(request => request.NextWriter).ToArray())
            {
                _part.Clear();
                _part.AddRange(own);
                RunPart(index, failed, mixes: false);
            }

            _stacks.Forget();
            return;
        }

        foreach (LiveRequest request in _part)
        {
            Adapter? writer = request.NextWriter;
            int slot = PlaceOf(request).Slot;
            if (writer is not null && !AdaptedLogits.AreUsable(binding.LogitsOf(slot)))
            {
                _stacks.KeepApart(writer);
                failed.Add((request, AdaptedLogits.NoNumbers(writer, binding.LogitsOf(slot))));
                continue;
            }

            request.Tokens.Sequence!.AcceptRow(isExact: !isMixed || binding.Table is not null);
            request.Tokens.SetLogits(binding, slot);
        }
    }

    private BatchBinding RunOnce(int index, bool mixes)
    {
        SlotClass slots = _arena.Classes[index];
        int first = int.MaxValue;
        int end = 0;
        int longest = 0;
        Adapter? adapter = null;
        foreach (LiveRequest request in _part)
        {
            int slot = PlaceOf(request).Slot;
            first = Math.Min(first, slot);
            end = Math.Max(end, slot + 1);
            longest = Math.Max(longest, request.Tokens.Length);
            adapter ??= request.NextWriter;
        }

        if (_session.Captures is not null)
        {
            // What is captured is used again as often as possible: few sizes, and always the same address.
            first = 0;
            end = Math.Min(Captured(end), slots.Buffers.Length);
        }

        BatchBinding binding = BindingOf(
            slots, first, end - first,
            adapter is null || _tables.Chosen is not null ? null : mixes ? _stacks.Chosen : _stacks.Alone(adapter),
            adapter is null ? null : _tables.Chosen);
        binding.Clear();
        for (int slot = first; slot < end; slot++)
        {
            if (_caches[index][slot] is KvCache cache)
            {
                // A run writes behind every slot's rows; one that takes no part and is full gives its last row up for that.
                cache.Rewind(Math.Min(cache.Length, slots.Capacity - 1));
                binding.SetLength(slot, cache.Length);
            }
        }

        foreach (LiveRequest request in _part)
        {
            int slot = PlaceOf(request).Slot;
            if (binding.Table is not null)
            {
                int place = request.NextWriter is Adapter writer ? _tables.IndexOf(writer) : AdapterTable.NoSlot;
                binding.SetToken(slot, request.Tokens.NextToken, place);
            }
            else
            {
                binding.SetToken(slot, request.Tokens.NextToken, request.NextWriter);
            }
        }

        binding.Run(_part.Count, longest);
        return binding;
    }

    // The one that was used last stands last.
    private BatchBinding BindingOf(SlotClass slots, int first, int rows, AdapterStack? stack, AdapterTable? table)
    {
        BatchBinding? found = null;
        for (int i = _bindings.Count - 1; i >= 0 && found is null; i--)
        {
            BatchBinding binding = _bindings[i];
            if (binding.First == first && binding.Rows == rows && ReferenceEquals(binding.Slots, slots)
                && ReferenceEquals(binding.Stack, stack) && ReferenceEquals(binding.Table, table))
            {
                found = binding;
                _bindings.RemoveAt(i);
            }
        }

        if (found is null && _bindings.Count == MostBindings)
        {
            _outdated.Add(_bindings[0]);
            _bindings.RemoveAt(0);
        }

        found ??= BatchBinding.Create(_session, slots, first, rows, stack, table);
        _bindings.Add(found);
        return found;
    }

    // A run computes all slots between the first and the last one that take part.
    private void CloseGaps(int index, List<LiveRequest> requests)
    {
        _group.Clear();
        foreach (LiveRequest request in requests)
        {
            if (_arena.IndexOf(PlaceOf(request).Class) == index)
            {
                _group.Add(request);
            }
        }

        while (_group.Count > 0)
        {
            LiveRequest last = _group[0];
            foreach (LiveRequest request in _group)
            {
                last = PlaceOf(request).Slot > PlaceOf(last).Slot ? request : last;
            }

            int from = PlaceOf(last).Slot;
            if (_session.Captures is null ? (from + 1 - _group.Count) * IdlePart <= from + 1 : Captured(from + 1) == Captured(_group.Count))
            {
                break;
            }

            int gap = 0;
            while (IsTaken(gap))
            {
                gap++;
            }

            KvCache cache = last.Tokens.Sequence!.Cache;
            KvCache? other = _caches[index][gap];
            _arena.Move(cache, gap, other);
            (_caches[index][gap], _caches[index][from]) = (cache, other);
        }
    }

    private static int Captured(int rows) => (int)BitOperations.RoundUpToPowerOf2((uint)rows);

    private bool IsTaken(int slot)
    {
        foreach (LiveRequest request in _group)
        {
            if (PlaceOf(request).Slot == slot)
            {
                return true;
            }
        }

        return false;
    }

    private SlotPlace PlaceOf(LiveRequest request) => _arena.PlaceOf(request.Tokens.Sequence!.Cache)!.Value;

    private bool AreAllUsable(BatchBinding binding)
    {
        foreach (LiveRequest request in _part)
        {
            if (!AdaptedLogits.AreUsable(binding.LogitsOf(PlaceOf(request).Slot)))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsMixed()
    {
        foreach (LiveRequest request in _part)
        {
            if (!ReferenceEquals(request.NextWriter, _part[0].NextWriter))
            {
                return true;
            }
        }

        return false;
    }
}
