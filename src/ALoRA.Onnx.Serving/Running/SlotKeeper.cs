using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>
/// Which request has which rows: gives slots out, finds rows that are there already, and takes slots back. Not thread-safe.
/// </summary>
internal sealed class SlotKeeper(LoadedModel model, SlotArena arena, PrefixIndex index) : IDisposable
{
    // A request that gets so many rows more from one that is being computed, or from a later one of these, waits for them: intrinsics about
    // one prefix wait for who computes it, and not for one another's few tokens.
    private const int WorthWaiting = PrefixCache.BlockSize;

    // Of what is parked so many rows are given up rather than that all others are copied.
    private const int WorthCopying = PrefixCache.BlockSize;

    // Of a long queue only the first are looked at, for each is compared with each.
    private const int MostLookedAt = 32;

    private readonly PrefixIndex _index = index;
    private readonly List<KvCache> _caches = [];

    /// <summary>Changes whenever someone has got a slot or given one up.</summary>
    public long Version { get; private set; }

    /// <summary>Rows that nobody uses, or that are given up when someone wants their slot.</summary>
    public long FreeRows
    {
        get
        {
            long rows = arena.FreeRows;
            foreach (Sequence parked in _index.Parked)
            {
                rows += parked.Cache.Capacity;
            }

            return rows;
        }
    }

    /// <summary>Rows of the largest slot that nobody uses, or that is given up when someone wants it; 0 for none.</summary>
    public int LargestSlot
    {
        get
        {
            int rows = arena.LargestFree;
            foreach (Sequence parked in _index.Parked)
            {
                rows = Math.Max(rows, parked.Cache.Capacity);
            }

            return rows;
        }
    }

    /// <summary>Ended requests whose rows are still there.</summary>
    public int Kept => _index.Parked.Count;

    /// <summary>All caches that lie in the arena.</summary>
    public List<KvCache> CachesOf(List<LiveRequest> requests)
    {
        _caches.Clear();
        foreach (LiveRequest request in requests)
        {
            if (request.Tokens.Sequence is { } sequence)
            {
                _caches.Add(sequence.Cache);
            }
        }

        foreach (Sequence sequence in _index.Parked)
        {
            _caches.Add(sequence.Cache);
        }

        return _caches;
    }

    /// <summary>Looks for a waiting request's rows: those that are there, and those that someone before it computes.</summary>
    /// <param name="request">The request.</param>
    /// <param name="requests">All requests by arrival.</param>
    public KnownRows Look(LiveRequest request, List<LiveRequest> requests)
    {
        int known = BestMatch(request, requests, out _);
        LiveRequest? computing = null;
        int toCome = known;
        int waiting = 0;
        foreach (LiveRequest other in requests)
        {
            if (ReferenceEquals(other, request) || (other.Waits && (++waiting > MostLookedAt || other.Number > request.Number)))
            {
                break;
            }

            if (other.CacheScope == request.CacheScope && other.Tokens.Pending > 1)
            {
                int common = other.Tokens.TokenSpan.CommonPrefixLength(request.Tokens.TokenSpan);
                bool isSame = ReferenceEquals(other.Adapter, request.Adapter) && other.Start == request.Start;
                common = Math.Min(isSame ? common : Math.Min(common, Math.Min(other.Start, request.Start)), request.Tokens.Length - 1);
                (computing, toCome) = common >= toCome + WorthWaiting ? (other, common) : (computing, toCome);
            }
        }

        return new KnownRows(known, computing, computing is null ? 0 : toCome);
    }

    /// <summary>Gives a request a slot with as many of its rows as are known.</summary>
    /// <param name="request">The request, without a slot.</param>
    /// <param name="room">Rows that its slot must hold.</param>
    /// <param name="requests">All requests, whose rows may be copied.</param>
    /// <returns>Whether there is room for it.</returns>
    public bool TryAdmit(LiveRequest request, int room, List<LiveRequest> requests)
    {
        int known = BestMatch(request, requests, out Sequence? best);
        bool isParked = best is not null && _index.Parked.Contains(best);
        bool isWhole = isParked && best!.CacheScope == request.CacheScope
            && best.Cache.Capacity >= room && known >= best.Length - WorthCopying;
        if (!isWhole && !arena.HasRoom(room))
        {
            // Someone loses rows: what lies behind the known ones in their own slot, or another one's.
            bool fits = isParked && best!.Cache.Capacity >= room;
            Sequence? other = _index.Oldest(room, best);
            isWhole = fits && best!.CacheScope == request.CacheScope && (other is null || best.Length - known <= other.Length);
            if (!isWhole)
            {
                if (other is null)
                {
                    if (!fits)
                    {
                        return false;
                    }

                    // The rows that are known lie in the only slot that can be given up, and nobody else may go on there.
                    (known, other, best) = (0, best, null);
                }

                _index.Evict(other!);
            }
        }

        Sequence sequence;
        if (isWhole)
        {
            _index.Take(best!);
            best!.Rewind(known);
            sequence = best;
        }
        else
        {
            sequence = Start(request, room, best, known);
        }

        Version++;
        request.Prepared.Activation.ShareWith(sequence);
        request.Tokens.Attach(sequence);
        int found = sequence.TakeKnownPrefix();
        request.Reused ??= Math.Min(found, request.PromptLength);
        return true;
    }

    /// <summary>Makes room for the next row of a request that has a slot.</summary>
    /// <returns>Whether there is room now.</returns>
    public bool TryGrow(LiveRequest request)
    {
        Sequence sequence = request.Tokens.Sequence!;
        int rows = Math.Min(sequence.Length + 1, arena.Layout.MaxLength);
        if (sequence.Length <= sequence.Cache.Capacity)
        {
            return true;
        }

        if (!arena.HasRoom(rows) && _index.Oldest(rows, kept: null) is { } oldest)
        {
            _index.Evict(oldest);
            return true;
        }

        return arena.HasRoom(rows);
    }

    /// <summary>Takes the slot of a request; what it computed is found by others until someone wants the slot.</summary>
    public void Park(LiveRequest request)
    {
        if (request.Tokens.Detach() is { } sequence)
        {
            _index.Park(sequence);
            Version++;
        }
    }

    /// <summary>Takes the slots of all requests, and has all their prompts looked for again.</summary>
    public void ParkAll(List<LiveRequest> requests)
    {
        requests.ForEach(Park);
        Version++;
    }

    /// <summary>Takes the slot of a request whose rows are worth nothing.</summary>
    public void Drop(LiveRequest request)
    {
        request.Tokens.Detach()?.Dispose();
        Version++;
    }

    /// <summary>Gives a sequence that is not the engine's those rows of a prompt's beginning that it does not have yet.</summary>
    /// <param name="target">The sequence, which nobody else uses meanwhile.</param>
    /// <param name="tokens">The prompt, which the base computes.</param>
    /// <param name="requests">All requests, whose rows may be copied.</param>
    /// <returns>Ids that the sequence has then, the first of the prompt, all with their rows.</returns>
    public int Fill(Sequence target, ReadOnlySpan<int> tokens, List<LiveRequest> requests)
    {
        int own = Math.Min(target.TokenSpan.CommonPrefixLength(tokens), target.Cache.Provenance.MatchingPrefix(null, 0));
        target.Rewind(own);
        int known = BestMatch(tokens, Activation.None, target.CacheScope, requests, out Sequence? best);
        if (known <= own)
        {
            return own;
        }

        try
        {
            target.Append(tokens[own..known]);

            // Else its keys are rotated for another length of context.
            if (best!.IsLongContext == target.IsLongContext)
            {
                target.Cache.TakeRows(best.Cache, known);
                _index.Touch(best);
            }
        }
        finally
        {
            target.Rewind(target.ComputedLength);
        }

        return target.Length;
    }

    /// <summary>Keeps a copy of a sequence's rows for requests of a scope that begin alike, as if a request with it had ended.</summary>
    /// <param name="source">The sequence, which is not the engine's and which nobody else uses meanwhile.</param>
    /// <param name="scope">For whom; what nobody here has computed serves nobody else.</param>
    /// <returns>How many rows; none where there is no room, or where others fit no request.</returns>
    public int Adopt(Sequence source, string? scope)
    {
        int rows = source.ComputedLength;
        if (rows == 0 || rows >= arena.Layout.MaxLength || source.IsLongContext)
        {
            return 0;
        }

        if (!arena.HasRoom(rows))
        {
            if (_index.Oldest(rows, kept: null) is not { } oldest)
            {
                return 0;
            }

            _index.Evict(oldest);
        }

        Sequence sequence = new(model.Session, arena, scope);
        try
        {
            sequence.Append(source.TokenSpan[..rows]);
            sequence.Cache.Reserve(rows);
            sequence.Cache.TakeRows(source.Cache, rows);
        }
        catch
        {
            sequence.Dispose();
            throw;
        }

        _index.Park(sequence);
        Version++;
        return rows;
    }

    /// <inheritdoc/>
    public void Dispose() => _index.Dispose();

    private Sequence Start(LiveRequest request, int room, Sequence? best, int known)
    {
        Sequence sequence = new(model.Session, arena, request.CacheScope);
        try
        {
            sequence.Append(request.Tokens.TokenSpan[..known]);
            sequence.Cache.Reserve(room);
            if (best is not null && best.IsLongContext == sequence.IsLongContext)
            {
                sequence.Cache.TakeRows(best.Cache, known);
                _index.Touch(best);
            }

            return sequence;
        }
        catch
        {
            sequence.Dispose();
            throw;
        }
    }

    // The last token's logits are wanted, so its row is computed again where everything is known.
    private int BestMatch(LiveRequest request, List<LiveRequest> requests, out Sequence? best) => BestMatch(
        request.Tokens.TokenSpan[..^1], new Activation(request.Adapter, request.Start), request.CacheScope, requests, out best);

    private int BestMatch(
        ReadOnlySpan<int> tokens, Activation activation, string? scope, List<LiveRequest> requests, out Sequence? best)
    {
        int known = 0;
        best = null;
        foreach (Sequence parked in _index.Parked)
        {
            int match = _index.Match(parked, tokens, activation, scope);
            (known, best) = match > known ? (match, parked) : (known, best);
        }

        foreach (LiveRequest other in requests)
        {
            if (other.Tokens.Sequence is { } sequence)
            {
                int match = _index.Match(sequence, tokens, activation, scope);
                (known, best) = match > known ? (match, sequence) : (known, best);
            }
        }

        return known;
    }
}
