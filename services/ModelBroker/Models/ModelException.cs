using Slipway.Contracts;

namespace Slipway.ModelBroker.Models;

/// <summary>A call that failed, classified.</summary>
/// <param name="kind">What happens next.</param>
/// <param name="error">What the caller is told.</param>
/// <param name="inner">What happened.</param>
internal sealed class ModelException(FailureKind kind, ServiceError error, Exception? inner = null) : Exception(error.Message, inner)
{
    /// <summary>The request is wrong.</summary>
    public ModelException(ServiceError error, Exception? inner = null)
        : this(FailureKind.Invalid, error, inner)
    {
    }

    public FailureKind Kind => kind;

    public ServiceError Error => error;
}
