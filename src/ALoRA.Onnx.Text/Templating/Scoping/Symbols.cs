namespace ALoRA.Onnx.Templating.Scoping;

/// <summary>
/// The names one scope knows while a template is bound. Jinja decides statically where a name lives: a scope that assigns a name anywhere
/// owns it, and inner scopes see that variable even before the assignment ran.
/// </summary>
internal sealed class Symbols
{
    // Slots are shared by the branches of an if; which names are known so far, and how they start, is not.
    private readonly Dictionary<string, int> _slots;
    private readonly Dictionary<string, SlotStart> _starts;
    private readonly HashSet<string> _stores;

    public Symbols(Symbols? parent)
        : this(parent, new(StringComparer.Ordinal), new(StringComparer.Ordinal), new(StringComparer.Ordinal))
    {
    }

    private Symbols(Symbols? parent, Dictionary<string, int> slots, Dictionary<string, SlotStart> starts, HashSet<string> stores) =>
        (Parent, _slots, _starts, _stores) = (parent, slots, starts, stores);

    public Symbols? Parent { get; }

    public Symbols Branch() => new(Parent, _slots, new(_starts, StringComparer.Ordinal), new(_stores, StringComparer.Ordinal));

    public int DeclareParameter(string name)
    {
        _stores.Add(name);
        return Define(name, new(SlotStartKind.Parameter));
    }

    public void Load(string name)
    {
        if (Find(name) is null)
        {
            Define(name, new(SlotStartKind.Resolve));
        }
    }

    public void Store(string name)
    {
        _stores.Add(name);
        if (!_starts.ContainsKey(name))
        {
            Define(name, StartFromOutside(name) ?? new(SlotStartKind.Missing));
        }
    }

    /// <summary>Takes over what the branches of an if defined; a name that only some branches assign starts with its outer value.</summary>
    public void Merge(params ReadOnlySpan<Symbols> branches)
    {
        HashSet<string> stores = new(StringComparer.Ordinal);
        foreach (Symbols branch in branches)
        {
            stores.UnionWith(branch._stores);
        }

        stores.ExceptWith(_stores);
        foreach (Symbols branch in branches)
        {
            foreach ((string name, SlotStart start) in branch._starts)
            {
                _starts[name] = start;
            }

            _stores.UnionWith(branch._stores);
        }

        foreach (string name in stores)
        {
            _starts[name] = StartFromOutside(name) ?? new(SlotStartKind.Resolve);
        }
    }

    /// <summary>Where a name lives: scopes outwards and slot; null where no scope knows it.</summary>
    public (int Depth, int Slot)? Find(string name)
    {
        int depth = 0;
        for (Symbols? scope = this; scope is not null; scope = scope.Parent, depth++)
        {
            if (scope._starts.ContainsKey(name))
            {
                return (depth, scope._slots[name]);
            }
        }

        return null;
    }

    public ScopeLayout ToLayout()
    {
        string[] names = new string[_slots.Count];
        SlotStart[] starts = new SlotStart[_slots.Count];
        foreach ((string name, int slot) in _slots)
        {
            names[slot] = name;
            starts[slot] = _starts[name];
        }

        return new ScopeLayout(names, starts);
    }

    private SlotStart? StartFromOutside(string name) =>
        Parent?.Find(name) is (int depth, int slot) ? new SlotStart(SlotStartKind.Copy, depth + 1, slot) : null;

    private int Define(string name, SlotStart start)
    {
        if (!_slots.TryGetValue(name, out int slot))
        {
            slot = _slots.Count;
            _slots.Add(name, slot);
        }

        _starts[name] = start;
        return slot;
    }
}
