using ALoRA.Onnx.Server.Errors;

namespace ALoRA.Onnx.Server.Models;

/// <summary>The adapters that requests may name: those of the model's folder and those that were loaded, less those taken away.</summary>
internal sealed class ServedAdapters(AloraModel model, string modelName)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _withdrawn = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _missing = new(StringComparer.Ordinal);

    /// <summary>Their names, in ordinal order.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. model.Adapters.Names.Where(name => !_withdrawn.Contains(name))];
            }
        }
    }

    /// <summary>Takes a name away from requests that come from now on.</summary>
    public void Withdraw(string name)
    {
        lock (_gate)
        {
            _withdrawn.Add(name);
            _missing.Remove(name);
        }
    }

    /// <summary>Takes a name away that should be served and can't be yet: requests that name it are told so, and may come again.</summary>
    public void Miss(string name, string why)
    {
        lock (_gate)
        {
            _withdrawn.Add(name);
            _missing[name] = why;
        }
    }

    /// <summary>Gives a name back.</summary>
    public void Restore(string name)
    {
        lock (_gate)
        {
            _withdrawn.Remove(name);
            _missing.Remove(name);
        }
    }

    /// <summary>The adapter that a request's <c>model</c> names: by its name, or by the base's, a colon and its name.</summary>
    /// <param name="requested">The field; null, the base's name and that of the model's folder mean the base.</param>
    /// <returns>The adapter's name; null for the base.</returns>
    /// <exception cref="ApiError">404: there is no such model; 503: it should be there and is not yet.</exception>
    public string? Resolve(string? requested)
    {
        if (string.IsNullOrEmpty(requested) || requested == modelName)
        {
            return null;
        }

        string name = requested.StartsWith(modelName + ":", StringComparison.Ordinal) ? requested[(modelName.Length + 1)..] : requested;
        return Names.Contains(name, StringComparer.Ordinal) ? name
            : requested == Path.GetFileName(model.Folder) ? null
            : throw WhyNot(requested, name);
    }

    private ApiError WhyNot(string requested, string name)
    {
        lock (_gate)
        {
            return _missing.TryGetValue(name, out string? why)
                ? ApiError.Unavailable($"The adapter '{name}' is not here yet: {why}", "adapter_lags")
                : ApiError.NoModel(requested);
        }
    }
}
