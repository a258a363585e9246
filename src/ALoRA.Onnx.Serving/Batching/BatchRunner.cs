using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Running;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Batching;

/// <summary>
/// Computes one row of each of many requests: those whose slots are of one class and whose rows are rotated alike in one run. Not thread-safe.
/// </summary>
internal sealed class BatchRunner(ModelSession session, SlotArena arena, AdapterRegistry registry, int mostAdapters) : IDisposable
{
    // Of the slots of a run, one in so many may be idle before others move into their places.
    private const int IdlePart = 4;

    private const int MostBindings = 64;

    private readonly StackKeeper _stacks = new(session, registry, mostAdapters);
    private readonly List<BatchBinding> _bindings = [];
    private readonly List<LiveRequest> _group = [];
    private readonly List<LiveRequest> _part = [];
    private readonly List<Adapter> _adapters = [];

    // The logits of a step are read until the next one.
    private readonly List<IDisposable> _outdated = [];

    private readonly Dictionary<Adapter, AdapterStack> _alone = [];
    private AdapterStack? _stack;

    // Adapters whose weights overflowed once are not mixed with others again.
    private readonly List<Adapter> _apart = [];

    /// <summary>Begins a step: the logits of the last one are not read any more.</summary>
    /// <param name="requests">All requests that a row is computed of.</param>
    /// <param name="caches">All caches of the arena.</param>
    public void Begin(List<LiveRequest> requests, List<KvCache> caches)
    {
        _outdated.ForEach(one => one.Dispose());
        _outdated.Clear();
        ChooseStack(requests);
        foreach (SlotClass slots in arena.Classes)
        {
            CloseGaps(slots, requests, caches);
        }
    }

    /// <summary>Computes the next row of each request. Those that fail are ended and have no more rows than before.</summary>
    /// <param name="requests">The requests, each with a slot and a row missing.</param>
    /// <param name="caches">All caches of the arena.</param>
    /// <param name="failed">Receives the requests that failed, with what they failed of.</param>
    public void Run(List<LiveRequest> requests, List<KvCache> caches, List<(LiveRequest Request, Exception Exception)> failed)
    {
        foreach (SlotClass slots in arena.Classes)
        {
            for (int isLong = 0; isLong < 2; isLong++)
            {
                _group.Clear();
                foreach (LiveRequest request in requests)
                {
                    Sequence sequence = request.Tokens.Sequence!;
                    if (sequence.IsLongContext == (isLong == 1) && ReferenceEquals(arena.PlaceOf(sequence.Cache)!.Value.Class, slots))
                    {
                        _group.Add(request);
                    }
                }

                if (_group.Count > 0)
                {
                    RunGroup(slots, caches, failed);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bindings.ForEach(binding => binding.Dispose());
        _outdated.ForEach(one => one.Dispose());
        _stacks.Dispose();
    }

    private void RunGroup(SlotClass slots, List<KvCache> caches, List<(LiveRequest Request, Exception Exception)> failed)
    {
        foreach (Adapter adapter in _apart)
        {
            RunWhere(slots, caches, failed, request => ReferenceEquals(request.NextWriter, adapter), mixes: false);
        }

        RunWhere(slots, caches, failed, request => request.NextWriter is not { } writer || !_apart.Contains(writer), mixes: true);
    }

    private void RunWhere(
        SlotClass slots, List<KvCache> caches, List<(LiveRequest Request, Exception Exception)> failed, Predicate<LiveRequest> isMeant,
        bool mixes)
    {
        _part.Clear();
        foreach (LiveRequest request in _group)
        {
            if (isMeant(request))
            {
                _part.Add(request);
            }
        }

        if (_part.Count > 0)
        {
            RunPart(slots, caches, failed, mixes);
        }
    }

    // Numbers that are none in one row say that an adapter overflows, and 0 times infinity may have spoilt all the others. The same run
    // again, the base and each adapter on their own, overwrites every row and shows whose it is.
    private void RunPart(
        SlotClass slots, List<KvCache> caches, List<(LiveRequest Request, Exception Exception)> failed, bool mixes)
    {
        BatchBinding binding = RunOnce(slots, caches, _part, mixes);
        bool isMixed = IsMixed(_part);
        if (mixes && isMixed && !_part.TrueForAll(request => AreUsable(binding, request)))
        {
            LiveRequest[] all = [.. _part];
            foreach (IGrouping<Adapter?, LiveRequest> own in all.GroupBy(request => request.NextWriter))
            {
                _part.Clear();
                _part.AddRange(own);
                RunPart(slots, caches, failed, mixes: false);
            }

            _stacks.Forget();
            return;
        }

        foreach (LiveRequest request in _part)
        {
            Adapter? writer = request.NextWriter;
            if (writer is not null && !AreUsable(binding, request))
            {
                KeepApart(writer);
                failed.Add((request, AdaptedLogits.NoNumbers(writer, binding.LogitsOf(SlotOf(request)))));
                continue;
            }

            request.Tokens.Sequence!.AcceptRow(isExact: !isMixed);
            request.Tokens.SetLogits(binding, SlotOf(request));
        }
    }

    private BatchBinding RunOnce(SlotClass slots, List<KvCache> caches, List<LiveRequest> requests, bool mixes)
    {
        int first = int.MaxValue;
        int end = 0;
        int longest = 0;
        Adapter? adapter = null;
        foreach (LiveRequest request in requests)
        {
            first = Math.Min(first, SlotOf(request));
            end = Math.Max(end, SlotOf(request) + 1);
            longest = Math.Max(longest, request.Tokens.Length);
            adapter ??= request.NextWriter;
        }

        BatchBinding binding = BindingOf(slots, first, end - first, adapter is null ? null : mixes ? _stack : Alone(adapter));
        binding.Clear();
        foreach (KvCache cache in caches)
        {
            if (arena.PlaceOf(cache) is { } place && ReferenceEquals(place.Class, slots) && place.Slot >= first && place.Slot < end)
            {
                // A run writes behind every slot's rows; one that takes no part and is full gives its last row up for that.
                cache.Rewind(Math.Min(cache.Length, slots.Capacity - 1));
                binding.SetLength(place.Slot, cache.Length);
            }
        }

        foreach (LiveRequest request in requests)
        {
            binding.SetToken(SlotOf(request), request.Tokens.NextToken, request.NextWriter);
        }

        binding.Run(requests.Count, longest);
        return binding;
    }

    private void ChooseStack(List<LiveRequest> requests)
    {
        _adapters.Clear();
        foreach (LiveRequest request in requests)
        {
            if (request.NextWriter is Adapter writer && !_adapters.Contains(writer) && !_apart.Contains(writer))
            {
                _adapters.Add(writer);
            }
        }

        if (_adapters.Count == 0)
        {
            return;
        }

        AdapterStack? before = _stack;
        _stack = _stacks.Get(_adapters);
        if (before is not null && !ReferenceEquals(before, _stack))
        {
            _outdated.AddRange(_bindings.Where(binding => ReferenceEquals(binding.Stack, before)));
            _outdated.Add(before);
            _bindings.RemoveAll(binding => ReferenceEquals(binding.Stack, before));
        }
    }

    private AdapterStack Alone(Adapter adapter)
    {
        if (!_alone.TryGetValue(adapter, out AdapterStack? stack))
        {
            _alone.Add(adapter, stack = AdapterStack.Create([adapter], session.Manifest, session.Memory));
        }

        return stack;
    }

    // The one that was used last stands last.
    private BatchBinding BindingOf(SlotClass slots, int first, int rows, AdapterStack? stack)
    {
        int index = _bindings.FindIndex(
            binding => binding.First == first && binding.Rows == rows && ReferenceEquals(binding.Slots, slots) && ReferenceEquals(binding.Stack, stack));
        BatchBinding binding = index < 0 ? new BatchBinding(session, slots, first, rows, stack) : _bindings[index];
        if (index >= 0)
        {
            _bindings.RemoveAt(index);
        }
        else if (_bindings.Count == MostBindings)
        {
            _outdated.Add(_bindings[0]);
            _bindings.RemoveAt(0);
        }

        _bindings.Add(binding);
        return binding;
    }

    // A run computes all slots between the first and the last one that take part.
    private void CloseGaps(SlotClass slots, List<LiveRequest> requests, List<KvCache> caches)
    {
        _group.Clear();
        foreach (LiveRequest request in requests)
        {
            if (ReferenceEquals(arena.PlaceOf(request.Tokens.Sequence!.Cache)!.Value.Class, slots))
            {
                _group.Add(request);
            }
        }

        while (_group.Count > 0)
        {
            LiveRequest last = _group.MaxBy(SlotOf)!;
            int rows = SlotOf(last) + 1;
            if ((rows - _group.Count) * IdlePart <= rows)
            {
                break;
            }

            int gap = 0;
            while (_group.Exists(request => SlotOf(request) == gap))
            {
                gap++;
            }

            arena.Move(last.Tokens.Sequence!.Cache, gap, caches.Find(
                cache => arena.PlaceOf(cache) is { } place && ReferenceEquals(place.Class, slots) && place.Slot == gap));
        }
    }

    private int SlotOf(LiveRequest request) => arena.PlaceOf(request.Tokens.Sequence!.Cache)!.Value.Slot;

    private bool AreUsable(BatchBinding binding, LiveRequest request) => AdaptedLogits.AreUsable(binding.LogitsOf(SlotOf(request)));

    private void KeepApart(Adapter adapter)
    {
        if (!_apart.Contains(adapter))
        {
            _apart.Add(adapter);
        }
    }

    private static bool IsMixed(List<LiveRequest> requests) =>
        requests.Exists(request => !ReferenceEquals(request.NextWriter, requests[0].NextWriter));
}
