"""The post-training lab: what reinforcement learning selects among strategies and what it improves in them."""
