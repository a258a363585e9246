using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Invocations;

/// <summary>Several invocations, all checked before anything is computed.</summary>
internal sealed class PreparedInvocations : IDisposable
{
    private readonly List<PreparedInvocation> _list = [];

    private PreparedInvocations()
    {
    }

    public IReadOnlyList<PreparedInvocation> List => _list;

    /// <summary>Checks all; if one of them is refused, no lease is kept.</summary>
    public static PreparedInvocations Prepare(AloraModel model, Sequence sequence, IReadOnlyList<AdapterInvocation> invocations)
    {
        PreparedInvocations prepared = new();
        try
        {
            foreach (AdapterInvocation invocation in invocations)
            {
                ArgumentNullException.ThrowIfNull(invocation, nameof(invocations));
                ArgumentException.ThrowIfNullOrEmpty(invocation.Adapter, nameof(invocations));
                prepared._list.Add(new InvocationPlan(model, sequence, invocation.Options ?? new InvocationOptions()).Prepare(invocation.Adapter));
            }

            return prepared;
        }
        catch
        {
            prepared.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _list.ForEach(invocation => invocation.Dispose());
}
