namespace Aspire.Hosting;

/// <summary>The application model is wrong, or cannot be run.</summary>
public class DistributedApplicationException : Exception
{
    /// <summary>Without a message.</summary>
    public DistributedApplicationException()
    {
    }

    /// <param name="message">What is wrong, and what to do.</param>
    public DistributedApplicationException(string message)
        : base(message)
    {
    }

    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="inner">The cause.</param>
    public DistributedApplicationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
